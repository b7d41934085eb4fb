"""The project's synthetic digits, 28 x 28 images drawn by strokes, made anew here: data for a machine without files.

Each image depends on its index alone. The first thousand are the project's, byte for byte; beyond them a library's sine
may round a pixel to the next level.
"""

import math

import numpy as np

from random_stream import RandomStream, uniforms_of

SIDE, CLASSES, ROWS = 28, 10, 60_000
MEAN, DEVIATION = 0.1053, 0.2346
GRAIN = 0.04 * math.sqrt(3)
BLOCK = 2000


def arc(cx, cy, rx, ry, start, end):
    """Points of an ellipse between two angles in degrees, 0 = right, 90 = down."""
    pieces = max(3, math.floor(abs(end - start) / 30 + 0.5))
    angles = [(start + (end - start) * i / pieces) * math.pi / 180 for i in range(pieces + 1)]
    return [(cx + rx * math.cos(angle), cy + ry * math.sin(angle)) for angle in angles]


# The manners of drawing each digit: a manner is a set of strokes, a stroke a polyline in the unit square, y down.
MANNERS = [
    [[arc(0.5, 0.5, 0.32, 0.45, 0, 360)], [arc(0.5, 0.5, 0.22, 0.45, 0, 360)], [arc(0.5, 0.5, 0.4, 0.4, -80, 265)]],
    [
        [[(0.5, 0.05), (0.5, 0.95)]],
        [[(0.32, 0.25), (0.52, 0.05), (0.52, 0.95)]],
        [[(0.32, 0.22), (0.5, 0.05), (0.5, 0.95)], [(0.3, 0.95), (0.72, 0.95)]],
    ],
    [
        [[*arc(0.5, 0.3, 0.3, 0.25, 190, 390), (0.2, 0.95), (0.82, 0.95)]],
        [[*arc(0.48, 0.32, 0.27, 0.27, 200, 400), *arc(0.3, 0.85, 0.12, 0.1, 330, 60), (0.5, 0.85), (0.85, 0.9)]],
    ],
    [
        [[*arc(0.45, 0.28, 0.28, 0.23, 200, 440), *arc(0.45, 0.72, 0.32, 0.24, 280, 520)]],
        [[(0.2, 0.06), (0.75, 0.06), (0.45, 0.4), *arc(0.45, 0.68, 0.3, 0.27, 280, 510)]],
    ],
    [
        [[(0.62, 0.95), (0.62, 0.05), (0.15, 0.65), (0.88, 0.65)]],
        [[(0.25, 0.05), (0.2, 0.52), (0.8, 0.52)], [(0.75, 0.05), (0.68, 0.95)]],
    ],
    [
        [[(0.78, 0.06), (0.32, 0.06), (0.28, 0.45), *arc(0.45, 0.68, 0.32, 0.27, 250, 500)]],
        [[(0.3, 0.08), (0.27, 0.42), *arc(0.45, 0.68, 0.3, 0.26, 260, 490)], [(0.3, 0.08), (0.82, 0.05)]],
    ],
    [
        [[(0.68, 0.05), (0.42, 0.25), (0.27, 0.55), *arc(0.5, 0.7, 0.25, 0.24, 180, -180)]],
        [[*arc(0.6, 0.5, 0.38, 0.45, 280, 180), *arc(0.5, 0.72, 0.27, 0.22, 180, -180)]],
    ],
    [
        [[(0.2, 0.06), (0.82, 0.06), (0.42, 0.95)]],
        [[(0.2, 0.08), (0.8, 0.06), (0.45, 0.95)], [(0.38, 0.5), (0.76, 0.48)]],
        [[(0.2, 0.22), (0.22, 0.06), (0.8, 0.06), (0.6, 0.4), (0.5, 0.95)]],
    ],
    [
        [arc(0.5, 0.28, 0.24, 0.22, 0, 360), arc(0.5, 0.73, 0.29, 0.23, 0, 360)],
        [[*arc(0.5, 0.28, 0.25, 0.22, 60, -200), *arc(0.5, 0.73, 0.25, 0.22, -60, 200), (0.66, 0.43)]],
    ],
    [
        [[*arc(0.48, 0.3, 0.26, 0.24, 0, 360), (0.72, 0.5), (0.66, 0.95)]],
        [[*arc(0.48, 0.3, 0.27, 0.24, -20, -340), *arc(0.38, 0.5, 0.37, 0.45, 0, 110)]],
    ],
]


def training_rows(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first rows of the training part: pixels uint8 [count, 784] and labels [count]."""
    blocks = [_block(range(start, min(start + BLOCK, count))) for start in range(0, count, BLOCK)]
    pixels, labels = zip(*blocks)
    return np.concatenate(pixels), np.concatenate(labels)


def _block(indices) -> tuple[np.ndarray, np.ndarray]:
    streams = [RandomStream(0, "synthetic-digits", "train", index) for index in indices]
    labels = np.array([stream.integer(CLASSES) for stream in streams])
    images = np.stack([_drawn(MANNERS[label], stream) for label, stream in zip(labels, streams)])
    grained = images.astype(np.float64) + uniforms_of(streams, SIDE * SIDE, GRAIN)
    levels = 255 * np.clip(grained, 0, 1).astype(np.float32).astype(np.float64)
    return np.floor(levels + 0.5).astype(np.uint8), labels


def _drawn(manners, random: RandomStream) -> np.ndarray:
    """An image without grain, float32 [784]."""
    between = lambda low, high: low + (high - low) * random.uniform()  # noqa: E731
    strokes = manners[random.integer(len(manners))]
    place = _map(random, between)
    radius, ink = between(0.6, 1.5), between(0.7, 1)
    image = _capsules([[place(x, y) for x, y in stroke] for stroke in strokes], radius, ink)
    if random.uniform() < 0.25:
        x, y = (2 + (SIDE - 5) * random.uniform() for _ in range(2))
        angle, length = 2 * math.pi * random.uniform(), 3 + 4 * random.uniform()
        stray = [(x, y), (x + length * math.cos(angle), y + length * math.sin(angle))]
        image = np.maximum(image, _capsules([stray], 0.6 * radius, ink))
    return image


def _map(random: RandomStream, between):
    """From the unit square to pixels: bend by a wave, slant, stretch, turn, move."""
    height = between(16, 21)
    width = height * between(0.75, 1.1)
    angle, slant = 0.13 * random.normal(), 0.18 * random.normal()
    centre_x, centre_y = ((SIDE - 1) / 2 + 1.1 * random.normal() for _ in range(2))
    waves = [_wave(random) for _ in range(2)]
    c, s = math.cos(angle), math.sin(angle)

    def place(x, y):
        bend_x, bend_y = (
            amplitude * math.sin(frequency * (math.cos(turn) * x + math.sin(turn) * y) + phase)
            for amplitude, turn, phase, frequency in waves
        )
        v = (y - 0.5 + bend_y) * height
        u = (x - 0.5 + bend_x) * width - slant * v
        return centre_x + c * u - s * v, centre_y + s * u + c * v

    return place


def _wave(random: RandomStream):
    """Amplitude, turn, phase, frequency."""
    amplitude, turn = 0.035 * random.normal(), 2 * math.pi * random.uniform()
    phase = 2 * math.pi * random.uniform()
    return amplitude, turn, phase, math.pi * (1 + 1.5 * random.uniform())


PIXEL_Y, PIXEL_X = (axis.astype(np.float64) for axis in np.divmod(np.arange(SIDE * SIDE), SIDE))


def _capsules(strokes, radius: float, ink: float) -> np.ndarray:
    """Segments with an edge one pixel wide, the brightest at each pixel: ink clamp(radius + 1/2 - distance, 0, 1)."""
    ends = np.array([(*a, *b) for stroke in strokes for a, b in zip(stroke, stroke[1:])])
    ax, ay, bx, by = ends.T[:, :, None]
    dx, dy = bx - ax, by - ay
    squared = dx * dx + dy * dy
    along = ((PIXEL_X - ax) * dx + (PIXEL_Y - ay) * dy) / np.where(squared == 0, 1, squared)
    along = np.clip(along, 0, 1)
    off_x, off_y = PIXEL_X - ax - along * dx, PIXEL_Y - ay - along * dy
    distance = np.sqrt(off_x * off_x + off_y * off_y)
    return (ink * np.clip(radius + 0.5 - distance, 0, 1)).max(axis=0).astype(np.float32)
