"""Peak resident memory of one form of a model in a process of its own; `benchmarks/inference.py` prints the table.

    python benchmarks/memory.py clipsym-b16-authors "deploy fp32" FILE

Every form is measured alike: the process imports what the form needs and no more, holds it, and runs two pictures on
one thread. Printed, in MB: the highest resident size during the runs (with what building left over in the heap, as it
is for users), and the size after `import torch` alone. Pages of a file that is mapped into memory count as soon as they
are read, like any others.

Forms: plain, text every time; plain, text cached; module; deploy fp32, deploy bf16 (made from the model in this
process, which is then given up); stored deploy fp32, stored deploy bf16 (from FILE, of `clipsym export --to torch`).
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


def status(key: str) -> float:
    """A line of this process's status, MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) / 1024


def main(name: str, form: str, file: str) -> None:
    """Hold the form, run it, print the peak and what torch alone takes."""
    import torch

    torch.set_num_threads(1)
    base = status("VmRSS")
    run: torch.nn.Module
    if form.startswith("stored"):
        from clipsym_core.inference.deployed_file import load_deployed

        deployed = load_deployed(file)
        run, size = deployed.model, deployed.config.preprocessing.size
    else:
        from inference import build

        run = model = build(name)
        size = model.config.preprocessing.size
        if form.startswith("plain"):
            from plain_form import PlainForm

            run = PlainForm(model, cached_text="cached" in form)
        elif form.startswith("deploy"):
            from clipsym_core.inference.deploy import deploy

            run = deploy(model, precision="bf16" if "bf16" in form else "fp32", share=True)
        del model
    width, height = size
    images = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak: building is not running
    with torch.no_grad():
        for _ in range(2):
            run(images)
    print(status("VmHWM"), base)


if __name__ == "__main__":
    main(*sys.argv[1:])
