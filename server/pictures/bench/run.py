"""Both renditions of a photo of 12 megapixels: by us, with each of our decoders, and by others; in turns in one run, and its medians.

    python run.py FOLDER [ROUNDS], with our two programs and node's packages in the folder; `run` beside this lays them there.
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

import numpy
from PIL import Image

ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 25
FOLDER, HERE = Path(sys.argv[1]).resolve(), Path(__file__).parent
CONTENDERS = {
    "Zhucun, Rust alone": [FOLDER / "rust"],
    "Zhucun, turbojpeg": [FOLDER / "turbojpeg"],
    "sharp, 320 from 1280": ["node", FOLDER / "sharp.mjs"],
    "sharp, both from the file": ["node", FOLDER / "sharp.mjs", "twice"],
    "libvips (pyvips)": [sys.executable, HERE / "others.py", "libvips"],
    "Pillow": [sys.executable, HERE / "others.py", "pillow"],
}


def photo(noise):
    """Clouds of light in all sizes with edges through them, as land and houses have; and the noise of a sensor."""
    dice, (height, width) = numpy.random.default_rng(1), (3000, 4000)
    picture = numpy.zeros((height, width, 3), numpy.float32)
    for octave in range(2, 12):
        cells = dice.random((3 * 2**octave // 4 + 1, 2**octave, 3), numpy.float32)
        planes = [Image.fromarray(cells[:, :, c]).resize((width, height), Image.Resampling.BICUBIC) for c in range(3)]
        picture += (numpy.dstack(planes) - 0.5) * (260 / 2 ** (octave * 0.45))
    grey = picture.mean(2, keepdims=True)
    picture = 128 + grey + (picture - grey) * 0.4
    for _ in range(60):
        left, top = dice.integers(0, width - 300), dice.integers(0, height - 300)
        across, down = dice.integers(40, 600, 2)
        picture[top : top + down, left : left + across] += dice.integers(-60, 60, 3)
    picture += dice.normal(0, noise, picture.shape) if noise else 0
    return Image.fromarray(picture.clip(0, 255).astype(numpy.uint8))


class Contender:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def took_ms(self, path):
        print(path, file=self.process.stdin, flush=True)
        # Ours say what came of it before, and what memory it took after.
        said = self.process.stdout.readline().split()
        return float(said[len(said) // 2])


def medians(path, cores):
    os.sched_setaffinity(0, cores)
    running = {name: Contender(command) for name, command in CONTENDERS.items()}
    times = {name: [] for name in running}
    for round in range(ROUNDS + 2):
        for name, contender in running.items():
            took_ms = contender.took_ms(path)
            # The first two warm up.
            if round >= 2:
                times[name].append(took_ms)
    for contender in running.values():
        contender.process.stdin.close()
        contender.process.wait()
    return {name: statistics.median(some) for name, some in times.items()}


def main():
    cores, columns = os.sched_getaffinity(0), {}
    for name, noise in {"clear": 0, "noisy": 8}.items():
        path = FOLDER / f"{name}.jpg"
        if not path.exists():
            photo(noise).save(path, quality=90)
        size = f"{name}, {path.stat().st_size / 1e6:.1f} MB"
        columns[f"{size}, one core"] = medians(path, {min(cores)})
        columns[f"{size}, {len(cores)} cores"] = medians(path, cores)
    print(f"| ms (of the faster sharp) | {' | '.join(columns)} |")
    print("|---" * (len(columns) + 1) + "|")
    for name in CONTENDERS:
        cells = []
        for column in columns.values():
            sharp = min(ms for other, ms in column.items() if other.startswith("sharp"))
            cells.append(f"{column[name]:.0f} ({column[name] / sharp:.2f})")
        print(f"| {name} | {' | '.join(cells)} |")


main()
