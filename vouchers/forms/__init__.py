"""What the pages of vouchers ask for, by who fills them in."""
