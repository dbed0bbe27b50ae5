import "@tabler/core/dist/js/tabler.esm.js";
import htmx from "htmx.org";
window.htmx = htmx;
