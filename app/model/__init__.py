"""The model and its inference: tensors and arrays in and out, independent of the page."""

from app.model.vae import VAE, VAEConfig, kl_divergence, log_likelihood, reparameterize

__all__ = ["VAE", "VAEConfig", "kl_divergence", "log_likelihood", "reparameterize"]
