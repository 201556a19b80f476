// tus-js-client as it comes: the settings and the file stand in the first argument, as JSON. Nothing is retried here that it does not retry.
const fs = require("node:fs");
const tus = require("tus-js-client");

const { file, url, token, sha256, ...options } = JSON.parse(process.argv[2]);
const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint: url,
  headers: { Authorization: `Bearer ${token}` },
  metadata: { sha256, filename: "IMG_0001.jpg", filetype: "image/jpeg" },
  ...options,
  onError(error) {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess() {
    console.log(upload.url);
    process.exit(0);
  },
});
upload.start();
