"""The device that a process computes on."""

import torch


def choose_device(name: str) -> torch.device:
    """Return the named device; "auto" is the accelerator (CUDA, MPS) if there is one, else the CPU.

    Raises:
        ValueError: this machine has no such device, or PyTorch was built without it.
    """
    if name == "auto":
        return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (AssertionError, NotImplementedError, RuntimeError) as error:
        found = torch.accelerator.current_accelerator(check_available=True)
        names = "auto or cpu" if found is None else f"auto, cpu or {found.type}"
        raise ValueError(f"expected a device of this machine, {names}, got {name}") from error
    return device
