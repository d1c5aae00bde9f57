"""What the pages show, as frozen values without markup, made from the model's types."""
