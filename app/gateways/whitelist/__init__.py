"""The register of VAT taxpayers (wykaz podatników VAT, "biała lista"): does an account belong to a taxpayer on a day.

Law: art. 96b ustawy o VAT.
`client` asks the Ministry's service, `flat` looks into its daily flat file without a network, `fallback` puts
the second behind the first, `answers` is what they give back, `simulator` is the service for tests and demonstrations.
"""
