"""The models of the papers that CLIPSym is compared with, written from their descriptions, behind the same interface."""
