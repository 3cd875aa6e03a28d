"""The loop that most first VAEs are copied from, as a yardstick for speed; nobody trains with it.

One hidden layer of 400 units on each side of 20 codes; every image goes through PIL and becomes a
tensor by itself, a DataLoader collates them, float32, Adam, binary cross-entropy on probabilities.
"""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from app.model.vae import PIXELS, kl_divergence

HIDDEN, CODES = 400, 20
BATCH, LEARNING_RATE = 128, 1e-3


class Images(Dataset[Tensor]):
    """uint8 images (N, 1, 28, 28), transformed one at a time when asked for."""

    def __init__(self, images: Tensor) -> None:
        self.images = images.squeeze(1).numpy()

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Tensor:
        image = Image.fromarray(self.images[index])
        levels = torch.from_numpy(np.array(image))  # (28, 28)
        return levels.unsqueeze(2).permute(2, 0, 1).contiguous().float().div(255)


class PopularVAE(nn.Module):
    """784-400-20-400-784, a layer for each of mu and logvar."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden_of_x = nn.Linear(PIXELS, HIDDEN)
        self.mu = nn.Linear(HIDDEN, CODES)
        self.logvar = nn.Linear(HIDDEN, CODES)
        self.hidden_of_z = nn.Linear(CODES, HIDDEN)
        self.x = nn.Linear(HIDDEN, PIXELS)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = F.relu(self.hidden_of_x(x.view(-1, PIXELS)))
        mu, logvar = self.mu(hidden), self.logvar(hidden)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        return torch.sigmoid(self.x(F.relu(self.hidden_of_z(z)))), mu, logvar


class ReferenceTrainer:
    """The copied loop, a step at a time."""

    def __init__(self, images: Tensor, device: torch.device) -> None:
        self.device = device
        self.vae = PopularVAE().to(device)
        self.optimizer = torch.optim.Adam(self.vae.parameters(), lr=LEARNING_RATE)
        self.batches = DataLoader(Images(images), batch_size=BATCH, shuffle=True)

    def step(self, x: Tensor) -> float:
        """One update; the loss in nats per image."""
        x = x.to(self.device)
        self.optimizer.zero_grad()
        loss = self.negative_elbo(x)
        loss.backward()
        self.optimizer.step()
        return loss.item() / len(x)

    def negative_elbo(self, x: Tensor) -> Tensor:
        """Nats, summed over the images x."""
        x_hat, mu, logvar = self.vae(x)
        reconstruction = F.binary_cross_entropy(x_hat, x.view(-1, PIXELS), reduction="sum")
        return reconstruction + kl_divergence(mu, logvar).sum()
