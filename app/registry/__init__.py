"""Contents of the weights folder: models, ablations, data sets, training snapshots."""
