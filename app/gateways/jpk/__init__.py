"""The Ministry of Finance's gateway for JPK files (e-dokumenty): make a package, send it, ask what became of it.

From the service specification 5.5 as other clients implement it (the ministry's own document could not be opened):
zip → parts of at most 60 MB → AES-256-CBC with one random key, the key under the ministry's RSA certificate (PKCS#1
v1.5) → `InitUpload` metadata with SHA-256 of the file and MD5 of each part, signed with XAdES by a person → POST
`InitUploadSigned` → PUT of every part → POST `FinishUpload` → GET `Status/{reference}` until 200 (UPO) or 4xx.

Not verified at the source: whether a zip with data descriptors is taken (none is made here), the list of codes, the
time for which an opened session lives. Authorising data (a revenue amount instead of a signature) are for natural
persons only (answers 422 and 424), so a municipality always signs.
"""
