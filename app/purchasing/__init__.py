"""Purchases of a unit from the invoice to the payment that may leave: description, approvals, checks, evidence.

Law: ustawa o finansach publicznych (art. 44, 46, 54), ustawa o samorządzie gminnym (art. 10a–10d: what a service
centre may not do for the head), ustawa o VAT (art. 96b, 108a), Ordynacja podatkowa (art. 117ba), Prawo przedsiębiorców
(art. 19).
Words: case = sprawa zakupu, scheme = schemat obiegu, step = krok, act = czynność, substitute = zastępca, payment
proposal = dyspozycja płatności, white list = wykaz podatników VAT.
Start reading at `rules/circulation.py`, then `service/acting.py`.
"""
