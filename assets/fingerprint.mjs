// Copies what was built to hub/web/static, each file named by its content, and lists them in manifest.json.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { parse } from "node:path";

const target = new URL("../hub/web/static/", import.meta.url);
const sources = ["build/pages.css", "build/pages.js", "build/supported.js", "icon.svg"];
mkdirSync(target, { recursive: true });
for (const old of readdirSync(target)) {
  if (/\.[0-9a-f]{16}\./.test(old)) rmSync(new URL(old, target));
}
const manifest = {};
for (const source of sources) {
  const content = readFileSync(new URL(source, import.meta.url));
  const { name, ext } = parse(source);
  const fingerprint = createHash("sha256").update(content).digest("hex").slice(0, 16);
  manifest[`${name}${ext}`] = `${name}.${fingerprint}${ext}`;
  copyFileSync(new URL(source, import.meta.url), new URL(manifest[`${name}${ext}`], target));
}
writeFileSync(new URL("manifest.json", target), `${JSON.stringify(manifest, null, 2)}\n`);
