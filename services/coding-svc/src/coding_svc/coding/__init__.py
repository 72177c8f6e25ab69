"""From a note to codes, step by step; each module is one step and can be read alone."""
