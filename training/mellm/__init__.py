"""MEU-Instruct (region motion -> what moved and what it may mean) and the embedded MELLM trained on it."""
