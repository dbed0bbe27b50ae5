// Builds static/dist: app.js, app.css, theme.js, calendar.js, public.css, public.js, fonts and the sprite of the icons in use.
import { build, context } from "esbuild";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const project = dirname(here);
const place = join(project, "static", "dist");
const watches = process.argv.includes("--watch");
const dist = watches ? place : `${place}.new-${process.pid}`; // swapped in when complete: nobody is served half a build

const options = {
  absWorkingDir: here,
  entryPoints: ["js/app.js", "js/theme.js", "js/public.js", "js/calendar.js", "css/app.css", "css/public.css", "css/poster.css"],
  entryNames: "[name]",
  assetNames: "fonts/[name]",
  outdir: dist,
  bundle: true,
  minify: true,
  format: "iife",
  legalComments: "linked",
  target: ["chrome123", "firefox128", "safari17.5"],
  loader: { ".woff2": "file" },
  logLevel: "warning",
};

/** Every icon is named as {% icon "name" %}, icon="name" in Python or in a template, so it can be found here. */
function namesOfIconsInUse() {
  const places = ["templates", "frontend/js"].concat(
    readdirSync(project, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(project, entry.name, "__init__.py")))
      .map((entry) => entry.name),
  );
  const found = new Map();
  for (const place of places) {
    const folder = join(project, place);
    if (!existsSync(folder)) continue;
    for (const file of readdirSync(folder, { recursive: true })) {
      if (!/\.(html|py|js)$/.test(file)) continue;
      const text = readFileSync(join(folder, file), "utf8");
      for (const [, name] of text.matchAll(/\bicon[\s=:(]+["']([a-z0-9-]+)["']/g)) found.set(name, join(place, file));
    }
  }
  return new Map([...found].sort());
}

function writeSprite() {
  const unknown = [];
  const symbols = [];
  for (const [name, file] of namesOfIconsInUse()) {
    const source = join(here, "node_modules", "@tabler", "icons", "icons", "outline", `${name}.svg`);
    if (!existsSync(source)) {
      unknown.push(`${name} (in ${file})`);
      continue;
    }
    const shapes = readFileSync(source, "utf8")
      .replace(/^[\s\S]*?<svg[^>]*>/, "")
      .replace("</svg>", "")
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
      .replace(/\s*\n\s*/g, "");
    symbols.push(
      `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" ` +
        `stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`,
    );
  }
  writeFileSync(
    join(dist, "icons.svg"),
    `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`,
  );
  if (unknown.length) throw new Error(`There is no icon called ${unknown.join(", ")}. Names: tabler.io/icons.`);
  return symbols.length;
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
try {
  if (watches) {
    await (await context({ ...options, minify: false })).watch();
    writeSprite();
    console.log("Watching frontend/ …");
  } else {
    await build(options);
    const icons = writeSprite();
    rmSync(place, { recursive: true, force: true });
    renameSync(dist, place);
    console.log(`Front end built: static/dist, ${icons} icons.`);
  }
} catch (error) {
  rmSync(`${place}.new-${process.pid}`, { recursive: true, force: true });
  console.error(String(error.message ?? error));
  process.exit(1);
}
