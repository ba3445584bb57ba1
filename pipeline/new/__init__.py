"""What starts a project of one's own, which the installed package then runs."""
