"""What people asked and what came of it: read by the staff, in the pages of `/staff` and in the shell."""
