"""The VAE demo: a variational autoencoder behind a Gradio page."""
