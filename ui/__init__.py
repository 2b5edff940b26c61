"""What people see: the terminal and the chat page."""
