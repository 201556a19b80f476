"""Reads paths from stdin; of each photo makes both renditions with `pillow` or `libvips` and answers with the milliseconds that took."""

import io
import sys
import time
from pathlib import Path


def pillow(file):
    from PIL import Image, ImageOps

    photo = Image.open(io.BytesIO(file))
    # The decoder makes it smaller, as ours does.
    photo.draft("RGB", (1280, 1280))
    larger = ImageOps.exif_transpose(photo)
    larger.thumbnail((1280, 1280), Image.Resampling.LANCZOS)
    smaller = larger.copy()
    smaller.thumbnail((320, 320), Image.Resampling.LANCZOS)
    for rendition in (larger, smaller):
        rendition.save(io.BytesIO(), "JPEG", quality=80)


def libvips(file):
    import pyvips

    larger = pyvips.Image.thumbnail_buffer(file, 1280, height=1280, size="down").copy_memory()
    smaller = larger.thumbnail_image(320, height=320, size="down")
    for rendition in (larger, smaller):
        rendition.jpegsave_buffer(Q=80, keep="none")


make = {"pillow": pillow, "libvips": libvips}[sys.argv[1]]
for path in sys.stdin:
    file = Path(path.strip()).read_bytes()
    began = time.perf_counter()
    make(file)
    print(f"{(time.perf_counter() - began) * 1000:.2f}", flush=True)
