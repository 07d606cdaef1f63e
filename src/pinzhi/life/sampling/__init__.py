"""
Sampling (抽检): which pieces go to the laboratory, what did it find?

Evidence: a frame with risks and costs, a published random draw, laboratory findings.
Law: Product Quality Law 15; Food Safety Law 87, 88.
Ends in a draw, findings, and a pass rate with its interval.
"""
