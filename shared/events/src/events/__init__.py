"""The published language: one file per event, frozen models, golden samples."""
