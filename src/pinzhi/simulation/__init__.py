"""A seeded marketplace with known truth: demo, story tests, benchmarks, what-if. Figures that hold only here are labelled so."""
