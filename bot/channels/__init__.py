"""One channel a file. A channel checks, masks and fits messages; it knows no intent."""
