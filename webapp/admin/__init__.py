"""What the people who run Inkling see and decide, in Django's admin."""
