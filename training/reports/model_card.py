"""The model card of a weights folder, made from its own files: no figure is typed by hand."""

from html import escape
from typing import Any

from app.registry.ablations import FOLDER as STUDY
from app.registry.dataset_info import MNIST, DatasetInfo
from training.recipes import HEADS
from training.reports.estimate import in_words
from training.reports.previews import SAMPLES
from training.reports.sample_tables import card_section

Record = dict[str, Any]

NOT_SHIPPED = ["Its curves and figures are kept; its weights are not."]


def card(name: str, records: list[Record], metrics: Record, info: DatasetInfo) -> str:
    """README.md of a weights folder.

    Args:
        name: of the folder.
        records: training.jsonl: how the run was set up, then one record an epoch.
        metrics: metrics.json.
        info: data.json.
    """
    run, epochs = records[0], records[1:]
    return "\n".join(
        [
            *_front_matter(name, run, info),
            *_training(run, epochs, info),
            *_results(metrics),
            *([] if _only_figures(name) else _pictures(run)),
            *card_section(metrics, "/".join([".."] * len(name.split("/")))),
            *_limits(run, info),
        ]
    )


def _front_matter(name: str, run: Record, info: DatasetInfo) -> list[str]:
    model = run["recipe"]["model"]
    pictures = "digits" if info.digits else "images"
    return [
        "---",
        "license: mit",
        "library_name: pytorch",
        "tags: [vae, mnist]" if info == MNIST else "tags: [vae]",
        "---",
        f"# {name}",
        "",
        f"{_kind(run['recipe'])} of 28x28 {pictures} with {model['latent_dim']} latent "
        f"dimensions: {_network(model)}; {run['parameters']:,} parameters, stored as float16.",
        "",
        *(NOT_SHIPPED if _only_figures(name) else _loading(name)),
        "",
    ]


def _only_figures(name: str) -> bool:
    """Whether the folder keeps what was measured alone, as no tab decodes with the model."""
    return name.removeprefix(f"{STUDY}/") in HEADS


def _loading(name: str) -> list[str]:
    load = f'vae = VAE.from_pretrained("weights/{name}")'
    return ["```python", "from app.model.vae import VAE", "", load, "```"]


def _kind(recipe: Record) -> str:
    if recipe["model"].get("variance_head") != "none":
        return "A variational autoencoder"
    if recipe["corruption"]:
        return "A denoising autoencoder"
    return "A contractive autoencoder" if recipe["contractive_weight"] else "A plain autoencoder"


def _network(model: Record) -> str:
    kind = {"mlp": "residual MLPs", "conv": "residual convolutional networks"}
    sides = [
        f"{side} {_count(model[f'{side}_blocks'], 'block')} of width {model[f'{side}_width']}"
        for side in ("encoder", "decoder")
    ]
    return ", ".join([kind[model["architecture"]], *sides])


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _training(run: Record, epochs: list[Record], info: DatasetInfo) -> list[str]:
    recipe = run["recipe"]
    command = f"python -m training.train {run['name']}"
    if info != MNIST:
        command += f" --data DIR --prepare {info.prepare}"
    decay = recipe.get("cooldown_fraction", 1.0)
    falling = "a cosine decay" + ("" if decay == 1 else f" over the last {decay:.0%}")
    minutes = sum(epoch["seconds"] for epoch in epochs) / 60
    return [
        "## Training",
        "",
        f"- Data: {run['images']:,} training images of {escape(info.name)}, "
        + ("binarised anew in every batch." if recipe.get("binarize", True) else "grey levels."),
        *_distortion(recipe),
        *([] if info == MNIST else [f"- Classes: {escape(', '.join(info.classes))}."]),
        f"- Command: `{command}`, seed {recipe['seed']}.",
        f"- {recipe['epochs']} epochs in batches of {recipe['batch_size']}, AdamW, learning rate "
        f"{recipe['learning_rate']:g} with warm-up and {falling}, moving average of the weights "
        f"with decay {recipe['ema_decay']:g}.",
        f"- Objective: {_objective(recipe)}.",
        f"- {minutes:.0f} minutes on {run['machine']}, {_computed(run)}, {run['precision']}, "
        f"PyTorch {run['torch']}.",
        "",
    ]


def _distortion(recipe: Record) -> list[str]:
    """How the images varied, if they did."""
    share = recipe.get("augment_prob")
    if not share:
        return []
    return [
        f"- Of the images {share:.0%} were slightly slanted, turned, stretched, bent and written "
        "with another pen at first, then ever fewer; the last part of the run saw them as they are."
    ]


def _computed(run: Record) -> str:
    """By how many processes and threads."""
    threads, processes = _count(run["threads"], "thread"), run.get("processes", 1)
    return threads if processes == 1 else f"{processes} processes of {threads}"


def _objective(recipe: Record) -> str:
    """What was minimised, in words."""
    model = recipe["model"]
    parts = ["binary cross-entropy"]
    if model.get("likelihood") == "gaussian":
        parts = [f"squared error, as a Gaussian of σ = {model['noise_std']:g}"]
    if model.get("variance_head") != "none":
        parts += [f"λ KL with λ = {recipe['kl_weight']:g}"]
        if recipe["kl_warmup_epochs"]:
            parts[-1] += f" after {recipe['kl_warmup_epochs']:g} epochs of warm-up"
    if model.get("variance_head") in ("relu", "abs"):
        parts[-1] += f" and σ² = {'ReLU(a)' if model['variance_head'] == 'relu' else '|a|'}"
    if recipe.get("contractive_weight"):
        parts += [f"{recipe['contractive_weight']:g} times the encoder's squared Jacobian norm"]
    if recipe.get("corruption"):
        parts[0] += f" to the clean image, with {recipe['corruption']:.0%} of the input replaced"
    return " + ".join(parts)


def _results(metrics: Record) -> list[str]:
    binary, grey = metrics.get("binarised", {}), metrics["grey"]
    known = {**grey, **binary}
    sampled = known.get("importance_samples")
    rows = {
        "-ELBO": "negative_elbo",
        "reconstruction": "reconstruction",
        "KL": "kl",
        f"NLL, k = {sampled}": "nll",
        "NLL, quadrature": "nll_quadrature",
        "the same, a Gaussian fitted to the codes as prior": "nll_quadrature_gaussian",
        "the same, a mixture fitted to the codes as prior": "nll_quadrature_mixture",
        "RMSE of the reconstruction": "rmse",
    }
    return [
        "## Results",
        "",
        f"{escape(metrics['data'])}, nats per image, mean ± standard error; measured on these very "
        "weights as they are stored, by `python -m training.evaluate`.",
        "",
        "| term | binarised | grey levels |",
        "| --- | --- | --- |",
        *(_row(label, key, binary, grey) for label, key in rows.items() if key in known),
        "",
        f"{_draws(binary, grey)}",
        "",
        f"Active units: {metrics['active_units']} of {metrics['latent_dim']} (Var(E[z|x]) > 0.01).",
        "",
    ]


def _draws(binary: Record, grey: Record) -> str:
    epsilons = f"Grey levels: {grey['epsilons']} epsilons an image"
    if not binary:
        return f"{epsilons}. The nats are of a density, and may be negative."
    return (
        f"Binarised: {binary['draw']}, seed {binary['seed']}. {epsilons}; no likelihood in the "
        "strict sense, but what a visitor's grey image compares with."
    )


def _row(label: str, key: str, *columns: Record) -> str:
    decimals = 4 if key == "rmse" else 2
    cells = [in_words(column.get(key), decimals) for column in columns]
    return f"| {label} | {' | '.join(cells)} |"


def _pictures(run: Record) -> list[str]:
    """The files of training.pictures."""
    shown = {f"{SAMPLES} samples from the prior, seed 0, unpicked": "samples.png"}
    if run["recipe"]["model"]["latent_dim"] == 2:
        shown["The plane, decoded at even quantiles of the prior"] = "plane.png"
    return [
        line for text, file in shown.items() for line in (f"![{text}]({file})", "", f"{text}.", "")
    ]


def _limits(run: Record, info: DatasetInfo) -> list[str]:
    blurry = run["recipe"]["model"]["latent_dim"] == 2
    if not info.digits:
        return ["## Limits", "", f"- It knows 28x28 images like those of {escape(info.name)}.", ""]
    return [
        "## Limits",
        "",
        "- It knows 28x28 handwritten digits, light on dark, centred as MNIST's.",
        "- A high ELBO does not mean that an image is a digit: simple shapes reach it too.",
        *(["- Two dimensions hold ten classes only by overlap: digits blur."] if blurry else []),
        "",
    ]
