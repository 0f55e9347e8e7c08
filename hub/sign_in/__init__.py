"""Who is signed in: sessions, the sign-in with an issuer, and the issuer of the demonstration."""
