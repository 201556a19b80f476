// Reads paths from stdin; of each photo makes both renditions and answers with the milliseconds that took. With `twice` each size is a pipeline
// of its own from the file, as its manual shows it; else the smaller is made of the larger one's pixels, as we do.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import sharp from "sharp";

sharp.cache(false);
const fit = (longest) => ({ width: longest, height: longest, fit: "inside", withoutEnlargement: true });
const written = (pipeline) => pipeline.jpeg({ quality: 80 }).toBuffer();

const fromFile = (file) => {
  const photo = sharp(file).autoOrient();
  return Promise.all([1280, 320].map((longest) => written(photo.clone().resize(fit(longest)))));
};
const fromLarger = async (file) => {
  const { data, info } = await sharp(file).autoOrient().resize(fit(1280)).raw().toBuffer({ resolveWithObject: true });
  const larger = sharp(data, { raw: info });
  return Promise.all([written(larger.clone()), written(larger.clone().resize(fit(320)))]);
};
const make = process.argv[2] === "twice" ? fromFile : fromLarger;

for await (const path of createInterface({ input: process.stdin })) {
  const file = await readFile(path);
  const began = performance.now();
  await make(file);
  console.log((performance.now() - began).toFixed(2));
}
