"""tuspy as it comes: the settings and the file stand in the first argument, as JSON. Nothing is retried here that it does not retry."""

import json
import sys

from tusclient.client import TusClient

given = json.loads(sys.argv[1])
client = TusClient(given["url"], headers={"Authorization": f"Bearer {given['token']}"})
metadata = {"sha256": given["sha256"], "filename": "IMG_0001.jpg"}
uploader = client.uploader(given["file"], metadata=metadata, retries=given["retries"], retry_delay=0, **given["options"])
uploader.upload()
print(uploader.url)
