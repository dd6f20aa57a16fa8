"""What can be asked of issued invoices: `setting` who issues and how, `invoices` one of them and lists, `buyers` known
buyers, `sending` what is due to go to KSeF."""
