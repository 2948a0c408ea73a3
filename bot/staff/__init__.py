"""`/staff`: where the people who answer for the texts keep them right. Served only if a password is set."""
