"""Read and write the X12 transactions of the US claim cycle. No dependencies."""
