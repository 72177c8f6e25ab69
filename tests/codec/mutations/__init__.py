"""A validator's own examination: valid files, and the same files with one defect each."""
