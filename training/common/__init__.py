"""What several packages use: crops, the face model, portraits, and the scripts that prepare the cache."""
