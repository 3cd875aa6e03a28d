"""The model: tensors and arrays in and out; no files, no page."""

from app.model.vae import VAE, VAEConfig, kl_divergence, log_likelihood, reparameterize

__all__ = ["VAE", "VAEConfig", "kl_divergence", "log_likelihood", "reparameterize"]
