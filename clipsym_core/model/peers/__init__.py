"""Models of the papers that CLIPSym is compared with, from their descriptions, behind the same interface."""
