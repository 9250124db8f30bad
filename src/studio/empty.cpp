// Placeholder removed as soon as the folder has code.
