"""Verdicts a second: ours and geo's, shapely's and PostGIS' on the same fences and fixes, in one run, on one core.

    python run.py FOLDER [TURNS], with our program and the world it wrote in the folder; `run` beside this lays them there.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
import shapely

FOLDER = Path(sys.argv[1]).resolve()
TURNS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
# A position is inside from 90 % on: so many 68 % circles from the boundary.
SURE = 1.2815515655 / 1.515
# PostGIS gets a part of the world; it takes as long for each.
COVERS, MEASURED = 8_000, 800


def world():
    read = lambda name, kind: numpy.fromfile(FOLDER / "world" / name, kind)
    starts = numpy.concatenate([[0], read("sizes", "<u4").cumsum().astype(int)])
    ends = numpy.concatenate([[0], read("ends", "<u4").astype(int)])
    return starts, read("points", "<f8").reshape(-1, 2), ends, read("fixes", "<f8").reshape(-1, 3), read("distances", "<f8")


def differing(inside, distances):
    """Of how many another side is said than by us, and the farthest of these from the boundary."""
    wrong = numpy.abs(distances[inside != (distances < 0)])
    return f"{wrong.size:,} of {inside.size:,} on another side than ours, up to {wrong.max(initial=0):.2f} m from the boundary"


class Shapely:
    """Polygons and points are made beforehand, flat, in metres about each fence; polygons are prepared; fixes are grouped by fence."""

    def __init__(self, starts, points, ends, fixes):
        lat = numpy.radians(numpy.repeat(points[starts[:-1], 1], numpy.diff(starts)))
        metres = numpy.column_stack([points[:, 0] * 111320 * numpy.cos(lat), points[:, 1] * 110950])
        rings = shapely.linearrings(metres, indices=numpy.repeat(numpy.arange(len(starts) - 1), numpy.diff(starts)))
        self.polygons, self.rings = shapely.polygons(rings), rings
        shapely.prepare(self.polygons)
        lat = numpy.radians(numpy.repeat(points[starts[:-1], 1], numpy.diff(ends)))
        self.x, self.y = fixes[:, 0] * 111320 * numpy.cos(lat), fixes[:, 1] * 110950
        self.points, self.accuracy, self.ends = shapely.points(self.x, self.y), fixes[:, 2], ends

    def turn(self):
        inside, said, before = numpy.empty(len(self.x), bool), numpy.empty(len(self.x), numpy.int8), time.perf_counter()
        for n in range(len(self.ends) - 1):
            its = slice(self.ends[n], self.ends[n + 1])
            inside[its] = shapely.contains_xy(self.polygons[n], self.x[its], self.y[its])
            far = shapely.distance(self.rings[n], self.points[its]) > SURE * self.accuracy[its]
            said[its] = far * (1 + inside[its])
        return len(self.x) / (time.perf_counter() - before), inside


class PostGIS:
    """A cluster of its own, without parallel queries; the answer to each fix is counted, not sent."""

    def __init__(self, starts, points, ends, fixes):
        self.folder = Path(tempfile.mkdtemp(prefix="bench-fences-"))
        self.programs = sorted(Path("/usr/lib/postgresql").iterdir(), key=lambda p: float(p.name))[-1] / "bin"
        self.as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self.as_postgres:
            subprocess.run(["chown", "postgres", self.folder], check=True)
        self.run("initdb", "-D", self.folder / "data", "-A", "trust", "-U", "postgres", "--no-sync")
        options = f"-k {self.folder} -c listen_addresses= -c max_parallel_workers_per_gather=0 -c jit=off -c shared_buffers=1GB"
        self.run("pg_ctl", "-w", "-D", self.folder / "data", "-l", self.folder / "log", "-o", options, "start")
        self.sql("CREATE EXTENSION postgis; CREATE TABLE fence (n int PRIMARY KEY, g geometry, line geography); CREATE TABLE fix (i int, n int, p geometry)")
        line = lambda ring: ",".join(f"{x!r} {y!r}" for x, y in ring.tolist())
        rings = (line(points[starts[n] : starts[n + 1]]) for n in range(COVERS))
        self.copy("fence", (f"{n}\tSRID=4326;POLYGON(({ring}))\tSRID=4326;LINESTRING({ring})" for n, ring in enumerate(rings)))
        whose = numpy.repeat(numpy.arange(len(ends) - 1), numpy.diff(ends))
        self.count = {part: int(ends[part]) for part in (COVERS, MEASURED)}
        places = fixes[: self.count[COVERS], :2].tolist()
        self.copy("fix", (f"{i}\t{whose[i]}\tSRID=4326;POINT({x!r} {y!r})" for i, (x, y) in enumerate(places)))
        self.sql("VACUUM ANALYZE")

    def run(self, program, *arguments):
        subprocess.run([*self.as_postgres, self.programs / program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, cwd="/")

    def psql(self, *arguments, **more):
        return subprocess.run([self.programs / "psql", "-h", self.folder, "-U", "postgres", "-qAt", *arguments], check=True, text=True, **more)

    def sql(self, statement):
        return self.psql("-c", statement, stdout=subprocess.PIPE).stdout.strip()

    def copy(self, table, lines):
        self.psql("-c", f"COPY {table} FROM STDIN", input="\n".join(lines) + "\n")

    def turn(self, what, part):
        before = time.perf_counter()
        self.sql(f"SELECT count(*) FROM (SELECT {what} AS said FROM fence JOIN fix USING (n) WHERE n < {part} ORDER BY n OFFSET 0) s WHERE said IS NOT NULL")
        return self.count[part] / (time.perf_counter() - before)

    def inside(self):
        covered = self.sql("SELECT i FROM fence JOIN fix USING (n) WHERE ST_Covers(g, p)").split()
        inside = numpy.zeros(self.count[COVERS], bool)
        inside[numpy.array(covered, int)] = True
        return inside

    def close(self):
        self.run("pg_ctl", "-m", "immediate", "-D", self.folder / "data", "stop")


def main():
    # Threads of this process and its children keep to one core.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    starts, points, ends, fixes, distances = world()
    rates = {}
    note = lambda name, rate: rates.setdefault(name, []).append(rate)
    flat, postgis = Shapely(starts, points, ends, fixes), PostGIS(starts, points, ends, fixes)
    try:
        for turn in range(TURNS):
            ours = subprocess.run([FOLDER / "build/release/bench-fences", "--turns", "1"], check=True, stdout=subprocess.PIPE, stderr=None if turn == 0 else subprocess.DEVNULL, text=True)
            for line in ours.stdout.splitlines():
                name, rate, *_ = line.split("\t")
                note(name, float(rate))
            rate, inside = flat.turn()
            note("shapely, prepared, by fence", rate)
            note("PostGIS ST_Covers", postgis.turn("ST_Covers(g, p)", COVERS))
            note("PostGIS ST_Covers and geography distance", postgis.turn("ROW(ST_Covers(g, p), ST_Distance(line, p::geography))", MEASURED))
        print("shapely:", differing(inside, distances), file=sys.stderr)
        print("PostGIS:", differing(postgis.inside(), distances[: postgis.count[COVERS]]), file=sys.stderr)
    finally:
        postgis.close()
    geo = statistics.median(rates["geo contains + distance"])
    print("| a second, one core | median | least | most | of geo |\n|---|---|---|---|---|")
    for name, some in rates.items():
        median = statistics.median(some)
        print(f"| {name} | {median:,.0f} | {min(some):,.0f} | {max(some):,.0f} | {median / geo:.2f} |")


main()
