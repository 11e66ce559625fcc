"""Trains resnet18_8xb16_cifar10 and writes it in mmpretrain's checkpoint layout.

    python3 scripts/train/train.py --data cifar-10-batches-py --out resnet18.pth

SGD with Nesterov momentum, a linear warm-up and a cosine, label smoothing, crops, flips and cutout,
averaged weights; on CUDA in mixed precision and channels-last. The same seed gives the same
weights on the same machine, interrupted or not: each step's randomness comes from the seed and
the step's number, and the state is saved by renaming. The test pictures choose nothing: the
averaged weights after the last step are the result.
"""

import argparse
import copy
import hashlib
import json
import math
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from data import CLASSES, MEAN, SIDE, STD, BadData, Pictures, load_cifar
from network import ResNet18Cifar

CROP_PADDING = 4
CUTOUT_SIDE = 8
EVALUATION_BATCH = 500
# Step numbers of one run stay far below: seeds of neighbouring runs never meet.
SEED_STRIDE = 1_000_003


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of pickles, or of PNG sheets")
    add("--out", type=Path, required=True, help="the checkpoint to write")
    add("--state", type=Path, help="where an interrupted run goes on from (default: OUT.state)")
    add("--epochs", type=positive, default=100)
    add("--batch", type=positive, default=256)
    add("--rate", type=float, default=0.2, help="largest learning rate")
    add("--warmup", type=float, default=0.05, help="share of the steps that the rate rises")
    add("--momentum", type=float, default=0.9)
    add("--decay", type=float, default=5e-4, help="weight decay, of convolutions and classifier")
    add("--smoothing", type=float, default=0.1, help="label smoothing")
    add("--average", type=float, default=0.999, help="how much averaged weights keep each step")
    add("--seed", type=int, default=0)
    add("--pictures", type=positive, help="train on this many only")
    add("--test-pictures", type=positive, help="evaluate on this many only")
    add("--save-every", type=positive, default=200, help="steps between saved states")
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--half", action="store_true", help="store convolutions and classifier as float16")
    return parser.parse_args()


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def refuse(code: str, **facts: object) -> NoReturn:
    print(json.dumps({"failure": {"code": code, **facts}}), file=sys.stderr)
    raise SystemExit(2)


class Run:
    """One training run: what it was asked for, its networks, and how far it is."""

    def __init__(self, args: argparse.Namespace, train: Pictures) -> None:
        torch.manual_seed(args.seed)
        self.args = args
        self.device = torch.device(args.device)
        self.on_gpu = self.device.type == "cuda"
        layout = torch.channels_last if self.on_gpu else torch.contiguous_format
        self.network = ResNet18Cifar(len(CLASSES)).to(self.device, memory_format=layout)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.optimizer = torch.optim.SGD(
            parameter_groups(self.network, args.decay),
            lr=args.rate,
            momentum=args.momentum,
            nesterov=args.momentum > 0,
        )
        self.scaler = torch.cuda.amp.GradScaler(enabled=self.on_gpu)
        self.pixels = torch.from_numpy(train.pixels.copy()).to(self.device)
        self.labels = torch.from_numpy(train.labels).to(self.device)
        self.steps_an_epoch = len(self.labels) // args.batch
        self.steps = self.steps_an_epoch * args.epochs
        self.step = 0
        # The mean loss of each epoch that is over, and the sum in this one.
        self.losses: list[float] = []
        self.loss_sum = 0.0
        self.identity = identity_of(args, train)

    def train_step(self) -> float:
        args, epoch = self.args, self.step // self.steps_an_epoch
        order = torch.randperm(len(self.labels), generator=seeded(args.seed, -1 - epoch))
        at = self.step % self.steps_an_epoch * args.batch
        chosen = order[at : at + args.batch].to(self.device)
        pictures = augment(normalise(self.pixels[chosen]), seeded(args.seed, self.step))
        if self.on_gpu:
            pictures = pictures.contiguous(memory_format=torch.channels_last)
        for group in self.optimizer.param_groups:
            group["lr"] = args.rate * rate_share(self.step, self.steps, args.warmup)
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, enabled=self.on_gpu):
            logits = self.network(pictures)
        loss = functional.cross_entropy(
            logits.float(), self.labels[chosen], label_smoothing=args.smoothing
        )
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.step += 1
        self.follow()
        return loss.item()

    @torch.no_grad()
    def follow(self) -> None:
        """Draws the averaged network towards the trained one; at first quickly."""
        keep = min(self.args.average, self.step / (self.step + 10))
        ours = self.average.state_dict()
        for key, value in self.network.state_dict().items():
            if value.is_floating_point():
                ours[key].lerp_(value, 1 - keep)
            else:
                ours[key].copy_(value)

    def count_loss(self, loss: float) -> None:
        if not math.isfinite(loss):
            refuse("diverged", step=self.step, loss=str(loss))
        self.loss_sum += loss
        if self.step % self.steps_an_epoch == 0:
            self.losses.append(self.loss_sum / self.steps_an_epoch)
            self.loss_sum = 0.0
            say(f"epoch {len(self.losses)}/{self.args.epochs}: loss {self.losses[-1]:.4f}")

    def save(self, path: Path) -> None:
        # Numbers go as JSON: torch 1.13's reader of plain weights knows no floats.
        numbers = {
            "step": self.step,
            "losses": self.losses,
            "loss_sum": self.loss_sum,
            "scaler": self.scaler.state_dict(),
        }
        state = {
            "identity": self.identity,
            "numbers": json.dumps(numbers),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "momentum": self.optimizer.state_dict()["state"],
        }
        save_whole(state, path)
        say(f"saved step {self.step}/{self.steps}")

    def go_on(self, path: Path) -> None:
        if not path.exists():
            return
        try:
            # Only tensors and plain values are read: a state file runs no code.
            state = torch.load(path, map_location=self.device, weights_only=True)
            identity, numbers = state["identity"], json.loads(state["numbers"])
        except Exception as error:
            refuse("bad_state", file=str(path), reason=f"{type(error).__name__}: {error}"[:300])
        if identity != self.identity:
            refuse("state_of_another_run", file=str(path), give="the same arguments, or remove it")
        self.step, self.losses = numbers["step"], numbers["losses"]
        self.loss_sum = numbers["loss_sum"]
        self.scaler.load_state_dict(numbers["scaler"])
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state["momentum"], "param_groups": groups})
        say(f"going on from step {self.step}/{self.steps}")


def parameter_groups(network: nn.Module, decay: float) -> list[dict]:
    """Decay pulls at convolutions and the classifier, not at batch norm and biases."""
    matrices = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    vectors = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    return [
        {"params": matrices, "weight_decay": decay},
        {"params": vectors, "weight_decay": 0.0},
    ]


def identity_of(args: argparse.Namespace, train: Pictures) -> str:
    """Everything that the weights depend on: a state of another run must not go on as this one."""
    elsewhere = ("data", "out", "state", "save_every", "half", "test_pictures")
    settings = {name: value for name, value in vars(args).items() if name not in elsewhere}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    digest.update(train.pixels.tobytes())
    digest.update(train.labels.tobytes())
    return digest.hexdigest()


def seeded(seed: int, number: int) -> torch.Generator:
    return torch.Generator().manual_seed((seed * SEED_STRIDE + number) % 2**63)


def rate_share(step: int, steps: int, warmup: float) -> float:
    """Of the largest rate: a line up, then half a cosine down. (Loshchilov and Hutter 2016)"""
    rising = max(1, round(steps * warmup))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def normalise(pixels: Tensor) -> Tensor:
    """uint8 [n, 3, 32, 32] to float32, as the classifier's own preprocessing does it."""
    mean = torch.tensor(MEAN, device=pixels.device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=pixels.device).view(1, 3, 1, 1)
    return (pixels.float() - mean) / std


def augment(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Shifts by up to 4, mirrors half of them, cuts an 8x8 hole (DeVries and Taylor 2017)."""
    count, device = len(pictures), pictures.device

    def draw(below: int) -> Tensor:
        return torch.randint(below, (count, 1), generator=generator).to(device)

    line = torch.arange(SIDE, device=device)
    padded = functional.pad(pictures, [CROP_PADDING] * 4)
    rows = draw(2 * CROP_PADDING + 1) + line
    columns = draw(2 * CROP_PADDING + 1)
    columns = columns + torch.where(draw(2) == 1, line.flip(0), line)
    which = torch.arange(count, device=device)[:, None, None]
    shifted = padded[which, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    away = [(line - draw(SIDE) + CUTOUT_SIDE // 2) for _ in range(2)]
    inside = [(at >= 0) & (at < CUTOUT_SIDE) for at in away]
    hole = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return shifted.masked_fill(hole, 0.0).contiguous()


@torch.no_grad()
def accuracy(network: nn.Module, test: Pictures, device: torch.device) -> float:
    network.eval()
    right = 0
    for at in range(0, len(test.labels), EVALUATION_BATCH):
        pixels = torch.from_numpy(test.pixels[at : at + EVALUATION_BATCH].copy()).to(device)
        labels = torch.from_numpy(test.labels[at : at + EVALUATION_BATCH]).to(device)
        right += int((network(normalise(pixels)).argmax(1) == labels).sum())
    return right / len(test.labels)


def to_checkpoint(run: Run) -> dict:
    """mmpretrain's layout; contiguous, on the CPU. Batch norm stays float32: its range is wide."""
    state = copy.deepcopy(run.average.state_dict())
    for key, value in state.items():
        value = value.cpu().contiguous()
        half = run.args.half and (value.ndim > 1 or key.startswith("head.fc."))
        state[key] = value.half() if half else value
    meta = {"CLASSES": list(CLASSES), "epoch": run.args.epochs, "seed": run.args.seed}
    return {"meta": meta, "state_dict": state}


def save_whole(content: dict, path: Path) -> None:
    """Beside and renamed, on the disk before: an interrupted run leaves the old file or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    with open(partial, "wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def load_data(args: argparse.Namespace) -> tuple[Pictures, Pictures]:
    try:
        train, test = load_cifar(args.data)
    except BadData as bad:
        refuse(bad.code, file=str(bad.file), reason=bad.reason)
    train = Pictures(*(part[: args.pictures] for part in train))
    if len(train.labels) < args.batch:
        refuse("too_few_pictures", pictures=len(train.labels), batch=args.batch)
    return train, Pictures(*(part[: args.test_pictures] for part in test))


def train_all(run: Run, state: Path) -> None:
    """Until the last step; a signal saves the state after the step that it met, and ends."""
    asked_to_stop = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: asked_to_stop.append(number))
    while run.step < run.steps:
        run.count_loss(run.train_step())
        if asked_to_stop:
            run.save(state)
            say("interrupted: the same command goes on from here")
            raise SystemExit(128 + asked_to_stop[0])
        if run.step % run.args.save_every == 0:
            run.save(state)


def main() -> None:
    args = parse_arguments()
    # cuBLAS is deterministic only with a workspace of its own.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
    started = time.monotonic()
    train, test = load_data(args)
    run = Run(args, train)
    state = args.state or args.out.with_name(f"{args.out.name}.state")
    run.go_on(state)
    train_all(run, state)
    checkpoint = to_checkpoint(run)
    stored = ResNet18Cifar(len(CLASSES))
    stored.load_state_dict({key: value.float() for key, value in checkpoint["state_dict"].items()})
    result = {
        "accuracy": accuracy(stored.to(run.device), test, run.device),
        "test_pictures": len(test.labels),
        "epochs": args.epochs,
        "steps": run.step,
        "losses": [round(loss, 4) for loss in run.losses],
        "device": torch.cuda.get_device_name(run.device) if run.on_gpu else "cpu",
        "torch": torch.__version__,
        "seconds": round(time.monotonic() - started, 1),
        "weights_sha256": digest_of(checkpoint["state_dict"]),
        "out": str(args.out),
    }
    save_whole(checkpoint, args.out)
    state.unlink(missing_ok=True)
    print(json.dumps(result))


def digest_of(state: dict) -> str:
    digest = hashlib.sha256()
    for key, value in state.items():
        digest.update(key.encode())
        digest.update(np.ascontiguousarray(value.numpy()).tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
