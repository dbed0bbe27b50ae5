import "@tabler/core/dist/js/tabler.esm.js";
import "@github/markdown-toolbar-element";
import "@github/relative-time-element";
import htmx from "htmx.org";

import "./announce.js";
import "./asked.js";
import "./autosave.js";
import "./composer.js";
import "./confirm.js";
import "./copy.js";
import "./dialogs.js";
import "./filters.js";
import "./fragments.js";
import "./frames.js";
import "./influence-grid.js";
import "./palette.js";
import "./replay.js";
import "./pick.js";
import "./placeholders.js";
import "./rows.js";
import "./shortcuts.js";
import "./toasts.js";
import "./zones.js";

window.htmx = htmx;
