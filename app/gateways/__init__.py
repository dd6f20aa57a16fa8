"""Outside systems: each one file or folder with a narrow typed interface and a simulator twin that speaks the same
protocol over a real socket and can be happy, slow, down and malformed. Gateways know no tenant and keep nothing."""
