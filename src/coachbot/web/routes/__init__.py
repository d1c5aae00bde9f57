"""The pages, a module for each group of them. They read and write through the rooms below."""
