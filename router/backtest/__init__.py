"""What rules would have done with a history: intake, lifecycle and escalation by a simulated clock."""
