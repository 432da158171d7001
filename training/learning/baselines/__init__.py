"""The methods that the paper's Table 1 compares with, written from their papers and trained as ours are."""
