"""A small classifier of digits, to measure samples: `python -m training.evaluation.classifier`.

Writes weights/classifier. `training.evaluation.sample_quality` compares images by the features of
its last hidden layer. The app does not use it.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from safetensors.torch import load_model
from torch import Tensor, nn
from tqdm import tqdm  # type: ignore[import-untyped]

from app.model.device import choose_device
from app.model.vae import IMAGE_SIDE
from training.checkpoint import fingerprint, save_weights, write_atomically
from training.command import expect_between, finish
from training.data import ImageSet, data_folder, load_dataset, split, to_unit
from training.device import device_name
from training.noise import Noise, noise_seed
from training.output import output_folder
from training.reports.render import classifier_card

SETTINGS = ("channels", "hidden")  # keys of its config.json
FOLDER = Path(__file__).parents[2] / "weights" / "classifier"
CLASSES = 10
PREDICTION_BATCH = 500

# Largest changes of an image by `jitter`
MAX_ANGLE = math.radians(12)
MAX_SCALE = 0.1
MAX_SHIFT = 2.0  # pixels


@dataclass(frozen=True)
class Settings:
    """Settings of a training run with AdamW and a one-cycle learning rate.

    Source: Smith & Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates", 2018.

    Attributes:
        epochs: passes over the training images.
        batch_size: images per step.
        learning_rate: peak of the cycle.
        weight_decay: decoupled weight decay.
        seed: seed of all random numbers.
    """

    epochs: int = 12
    batch_size: int = 128
    learning_rate: float = 4e-3
    weight_decay: float = 0.01
    seed: int = 0


class Classifier(nn.Module, PyTorchModelHubMixin):
    """Classifier p(digit|x) with convolutions at 14x14 and 7x7 and one dense layer.

    `Classifier.from_pretrained(folder)` reads config.json and model.safetensors and returns the
    classifier in evaluation mode. Weights stored as float16 are loaded as float32.

    Args:
        channels: number of channels at 14x14; there are twice as many at 7x7.
        hidden: F, number of units of the last hidden layer.
    """

    def __init__(self, channels: int = 32, hidden: int = 64) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(1, channels, kernel=5, stride=2),  # (B, C, 14, 14)
            *_convolution(channels, 2 * channels, kernel=3, stride=2),  # (B, 2C, 7, 7)
            *_convolution(2 * channels, 2 * channels, kernel=3, stride=1),
            nn.Flatten(),
            nn.Linear(2 * channels * (IMAGE_SIDE // 4) ** 2, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.SiLU(),
        )
        self.head = nn.Linear(hidden, CLASSES)

    def features(self, x: Tensor) -> Tensor:
        """Return the last hidden layer, (B, F), of images (B, 1, 28, 28) in [0, 1].

        Batch normalization gives all units the same scale, so that they count equally in a
        distance. SiLU is smooth: the zeros of a ReLU would violate the assumption of Gaussian
        features in the Fréchet distance.
        """
        features: Tensor = self.body(x)
        return features

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of the ten digits, (B, 10)."""
        logits: Tensor = self.head(self.features(x))
        return logits

    @classmethod
    def _from_pretrained(
        cls, *, model_id: str, config: dict[str, Any] | None = None, **_: Any
    ) -> "Classifier":
        """Load all tensors from safetensors: the mixin skips missing ones and may unpickle."""
        if config is None:
            raise FileNotFoundError(f"{model_id}: expected a classifier, got no config.json")
        classifier = cls(**config)
        load_model(classifier, Path(model_id) / "model.safetensors")
        return classifier.eval()


def _convolution(inputs: int, outputs: int, kernel: int, stride: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


def jitter(x: Tensor, draws: Tensor) -> Tensor:
    """Return the images rotated, scaled and shifted, with bilinear interpolation and black padding.

    Args:
        x: (B, 1, 28, 28) in [0, 1].
        draws: (B, 4) in [-1, 1]: fractions of MAX_ANGLE, MAX_SCALE, and MAX_SHIFT to the right and
            down.
    """
    angle, scale = MAX_ANGLE * draws[:, 0], 1 + MAX_SCALE * draws[:, 1]
    # Coordinates of grid_sample are in [-1, 1], so that an image is 2 wide.
    right, down = (MAX_SHIFT * 2 / IMAGE_SIDE * draws[:, 2:]).unbind(dim=1)
    cos, sin = scale * angle.cos(), scale * angle.sin()
    theta = torch.stack([cos, -sin, right, sin, cos, down], dim=1).view(-1, 2, 3)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


@torch.inference_mode()
def predict(classifier: Classifier, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return features and class probabilities of images (N, 1, 28, 28) in [0, 1].

    Returns:
        Features (N, F) and the probabilities of the digits (N, 10), on the CPU.
    """
    device = next(classifier.parameters()).device
    batches = torch.split(x, PREDICTION_BATCH)
    features = torch.cat([classifier.features(batch.to(device)) for batch in batches])
    return features.cpu(), classifier.head(features).softmax(dim=1).cpu()


def count_errors(classifier: Classifier, images: ImageSet) -> int:
    """Return the number of misclassified images."""
    _, probabilities = predict(classifier, to_unit(images.images))
    return int((probabilities.argmax(dim=1) != images.labels).sum())


def train(
    images: ImageSet, held_out: ImageSet | None, settings: Settings, device: torch.device
) -> Classifier:
    """Return a classifier trained on jittered `images`, in evaluation mode.

    Args:
        images: training images.
        held_out: validation images, whose errors are printed after each epoch.
        settings: settings of the training.
        device: device to train on.

    Raises:
        ValueError: the images do not fill a batch.
    """
    per_epoch = len(images.images) // settings.batch_size
    if per_epoch == 0:
        raise ValueError(
            f"{len(images.images)} images do not fill a batch of {settings.batch_size}"
        )
    torch.manual_seed(noise_seed(settings.seed, 0, "weights"))
    classifier: Classifier = Classifier().to(memory_format=torch.channels_last)
    classifier = classifier.to(device)
    optimizer = torch.optim.AdamW(classifier.parameters(), weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, epochs=settings.epochs, steps_per_epoch=per_epoch
    )
    for epoch in range(settings.epochs):
        batches = _batches(images, settings, epoch, device)
        title, total = f"epoch {epoch + 1} of {settings.epochs}", 0.0
        for x, labels in tqdm(batches, title, total=per_epoch, unit="step", disable=None):
            loss = F.cross_entropy(classifier(x), labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            total += loss.item()
        errors = _validation(classifier, held_out)
        print(f"{title}: loss {total / per_epoch:.4f}{errors}", flush=True)
    return classifier.eval()


def _validation(classifier: Classifier, held_out: ImageSet | None) -> str:
    """Return the errors on held-out images as text, empty without held-out images."""
    if held_out is None:
        return ""
    errors = count_errors(classifier.eval(), held_out)
    classifier.train()
    return f", {errors} errors on {len(held_out.images):,} held-out images"


def _batches(
    images: ImageSet, settings: Settings, epoch: int, device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield jittered images (B, 1, 28, 28) and labels (B,), without an incomplete last batch."""
    size, count = settings.batch_size, len(images.images)
    order = torch.Generator().manual_seed(noise_seed(settings.seed, epoch, "order"))
    noise = Noise(settings.seed, size, slice(None), device)
    noise.reseed(epoch, "jitter")
    shuffled = torch.randperm(count, generator=order)[: count // size * size]
    for batch in torch.split(shuffled, size):
        x = to_unit(images.images[batch].to(device))
        yield jitter(x, 2 * noise.uniform(4) - 1), images.labels[batch].to(device)


def measure(folder: Path, train_set: ImageSet, test: ImageSet) -> dict[str, Any]:
    """Return the test accuracy of the classifier stored in `folder`, for metrics.json.

    The hash of the training images identifies the data whose models the classifier can measure.
    """
    errors = count_errors(Classifier.from_pretrained(folder), test)
    count = len(test.images)
    accuracy = 1 - errors / count
    return {
        "weights_sha256": fingerprint((folder / "model.safetensors").read_bytes()),
        "training_images_sha256": fingerprint(train_set.images.numpy().tobytes()),
        "test_images": count,
        "errors": errors,
        "accuracy": round(accuracy, 6),
        "standard_error": round(math.sqrt(accuracy * (1 - accuracy) / count), 6),
    }


def train_and_measure(folder: Path, train_set: ImageSet, test: ImageSet, settings: Settings) -> str:
    """Write the classifier's weights, metrics.json and card to `folder`; return a summary."""
    device = choose_device("auto")
    start = time.monotonic()
    classifier = train(train_set, None, settings, device)
    training = {
        **asdict(settings),
        "images": len(train_set.images),
        "seconds": round(time.monotonic() - start),
        "machine": device_name(device),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    save_weights(classifier, folder)
    parameters = sum(parameter.numel() for parameter in classifier.parameters())
    metrics = measure(folder, train_set, test) | {"parameters": parameters, "training": training}
    write_atomically(folder / "metrics.json", (json.dumps(metrics, indent=2) + "\n").encode())
    write_atomically(folder / "README.md", classifier_card(metrics).encode())
    return f"{metrics['errors']} errors on {metrics['test_images']:,} test images; in {folder}"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluation.classifier", description=__doc__
    )
    parser.add_argument("--data", metavar="DIR", help="the four MNIST files")
    parser.add_argument("--output", type=Path, metavar="DIR", default=FOLDER)
    parser.add_argument(
        "--held-out", type=int, default=0, metavar="N", help="only validate, on the last N images"
    )
    options = parser.parse_args(arguments)
    return finish(lambda: _run(options), "interrupted; nothing was written")


def _run(options: argparse.Namespace) -> int:
    expect_between("--held-out", options.held_out, 0)
    folder = output_folder(options.output, settings=SETTINGS)
    dataset = load_dataset(data_folder(options.data))
    train_set, test = dataset.train, dataset.test
    if options.held_out:
        kept, held_out = split(train_set, options.held_out)
        train(kept, held_out, Settings(), choose_device("auto"))
    else:
        print(train_and_measure(folder, train_set, test, Settings()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
