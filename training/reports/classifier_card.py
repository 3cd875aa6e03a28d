"""The model card of the classifier, made from its metrics.json: no figure is typed by hand."""

from typing import Any


def card(metrics: dict[str, Any]) -> str:
    """README.md of weights/classifier."""
    return "\n".join([*_front_matter(metrics), *_training(metrics["training"]), *_results(metrics)])


def _front_matter(metrics: dict[str, Any]) -> list[str]:
    return [
        "---",
        "license: mit",
        "library_name: pytorch",
        "tags: [image-classification, mnist]",
        "---",
        "# classifier",
        "",
        f"A convolutional classifier of 28x28 digits; {metrics['parameters']:,} parameters, stored "
        "as float16. `training.evaluation.sample_quality` measures with it how digit-like "
        "a model's samples are; the app does not use it.",
        "",
        "```python",
        "from training.evaluation.classifier import Classifier",
        "",
        'classifier = Classifier.from_pretrained("weights/classifier")',
        "features = classifier.features(x)  # x (B, 1, 28, 28) in [0, 1]",
        "```",
        "",
    ]


def _training(training: dict[str, Any]) -> list[str]:
    return [
        "## Training",
        "",
        f"- Data: {training['images']:,} training images of MNIST, grey levels, turned, scaled and "
        "shifted a little, each time anew.",
        f"- Command: `python -m training.evaluation.classifier`, seed {training['seed']}.",
        f"- {training['epochs']} epochs in batches of {training['batch_size']}, AdamW, one cycle "
        f"up to the learning rate {training['learning_rate']:g} and down again.",
        f"- {training['seconds'] / 60:.0f} minutes on {training['machine']}, "
        f"{training['threads']} threads, PyTorch {training['torch']}.",
        "",
    ]


def _results(metrics: dict[str, Any]) -> list[str]:
    return [
        "## Results",
        "",
        f"{metrics['accuracy']:.2%} ± {metrics['standard_error']:.2%} (one standard error) of "
        f"MNIST's {metrics['test_images']:,} test images, {metrics['errors']} errors; measured on "
        "this very file.",
        "",
        "## Limits",
        "",
        "- It names a digit whatever it is shown, and has seen nothing but digits.",
        "- Its features hold what tells ten digits apart; of how two images of one digit differ "
        "they say little.",
        "",
    ]
