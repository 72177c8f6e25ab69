"""What the engine learns from labelled notes, as files with counts: `coding-svc learn` and `coding-svc calibrate`."""
