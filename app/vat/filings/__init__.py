"""What comes in and goes out as documents: FA(3) invoices, packages of them, and JPK_V7M. Facts to XML and back."""
