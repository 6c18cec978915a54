// Bundles GraphiQL into self-contained files: `node build.mjs FOLDER`. `script/vendor-graphiql` calls it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const target = process.argv[2];
const assets = join(target, "assets");

const shared = {
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "iife",
  target: "es2022",
  legalComments: "none",
  outdir: "/",
  entryNames: "[name]-[hash]",
};

// The style sheet of GraphiQL holds all of the editor's styles, which the editor's modules would bring in once more.
const stylesOnce = {
  name: "styles-once",
  setup({ onLoad }) {
    onLoad({ filter: /monaco-editor\/.*\.css$/ }, () => ({ contents: "", loader: "css" }));
  },
};

const workers = await build({
  ...shared,
  entryPoints: {
    editor: "monaco-editor/esm/vs/editor/editor.worker.js",
    json: "monaco-editor/esm/vs/language/json/json.worker.js",
    graphql: "monaco-graphql/esm/graphql.worker.js",
  },
});
const workerNames = Object.fromEntries(
  workers.outputFiles.map(({ path }) => [basename(path).replace(/-.*/, ""), basename(path)]),
);

const page = await build({
  ...shared,
  jsx: "automatic",
  plugins: [stylesOnce],
  entryPoints: { graphiql: "page.jsx" },
  define: { WORKERS: JSON.stringify(workerNames), "process.env.NODE_ENV": '"production"' },
});

rmSync(assets, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });
const names = [];
for (const { path, contents } of [...workers.outputFiles, ...page.outputFiles]) {
  names.push(basename(path));
  writeFileSync(join(assets, `${basename(path)}.gz`), gzipSync(contents, { level: 9 }));
}

const script = names.find((name) => /^graphiql-.*\.js$/.test(name));
const style = names.find((name) => /^graphiql-.*\.css$/.test(name));
writeFileSync(
  join(target, "index.html"),
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>Quoin – GraphiQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="graphiql-assets/${style}">
<script defer src="graphiql-assets/${script}"></script>
</head>
<body style="margin:0">
<div id="graphiql" style="height:100dvh"></div>
<script type="application/graphql" id="queries">{queries}</script>
</body>
</html>
`,
);

// The licence of every package of which something was bundled.
const packages = new Set();
for (const input of [...Object.keys(workers.metafile.inputs), ...Object.keys(page.metafile.inputs)]) {
  const found = input.match(/^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) packages.add(found[0].slice(0, -1));
}
const licences = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|thirdpartynotices)(\.|$)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
});
writeFileSync(join(target, "LICENSE"), `${licences.join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
if (!existsSync(join(target, "queries.graphql"))) throw new Error("queries.graphql is missing: the page needs it");
