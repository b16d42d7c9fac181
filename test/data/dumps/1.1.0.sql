--
-- PostgreSQL database dump
--


-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: pgcrypto; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public;


--
-- Name: EXTENSION pgcrypto; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION pgcrypto IS 'cryptographic functions';


--
-- Name: jerry; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS jerry WITH SCHEMA pg_catalog;


--
-- Name: EXTENSION jerry; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION jerry IS 'authentication that lives in the database: registration, login, tokens and their events';


--
-- Name: shop; Type: SCHEMA; Schema: -; Owner: jerry
--

CREATE SCHEMA shop;


ALTER SCHEMA shop OWNER TO jerry;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: shop; Type: TABLE; Schema: shop; Owner: jerry
--

CREATE TABLE shop.shop (
    owner uuid NOT NULL,
    name text
);


ALTER TABLE shop.shop OWNER TO jerry;

--
-- Data for Name: consumer; Type: TABLE DATA; Schema: jerry; Owner: jerry
--

COPY jerry.consumer (name, created_at) FROM stdin;
mail	2026-11-29 18:35:05.325265+00
stock	2026-11-29 18:35:05.326929+00
\.


--
-- Data for Name: event; Type: TABLE DATA; Schema: jerry; Owner: jerry
--

COPY jerry.event (id, event_type, payload, created_at, dispatched) FROM stdin;
1	user.registered	{"event_type":"user.registered","timestamp":"2026-11-29T18:35:05Z","data":{"user_id":"175e946c-956c-4cdd-9fe9-8d68fc154dff","email":"ada@example.com","email_verification_token":"Eics6HaJp8VyKhXCALy1jQZLHZrKmqnTEdqwvwcJv_Y"}}	2026-11-29 18:35:05.314267+00	t
2	user.registered	{"event_type":"user.registered","timestamp":"2026-11-29T18:35:05Z","data":{"user_id":"091459f1-88a9-4463-85eb-0c5cf88a8239","email":"bob@example.com","email_verification_token":"2mDvOIpOmZrCmBMYtgzjcQV8TAyrUKno_yVb6ag3QbU"}}	2026-11-29 18:35:05.318109+00	t
3	user.registered	{"event_type":"user.registered","timestamp":"2026-11-29T18:35:05Z","data":{"user_id":"f85031c2-f1a3-41f1-a8d6-9a96ad34d601","email":"cleo@example.com","email_verification_token":"W2Dgf7tEInEpbuFrAtsr8xeh5V__WIjIwtH84KOIjIw"}}	2026-11-29 18:35:05.318921+00	t
4	user.email_verified	{"event_type":"user.email_verified","timestamp":"2026-11-29T18:35:05Z","data":{"user_id":"175e946c-956c-4cdd-9fe9-8d68fc154dff","email":"ada@example.com"}}	2026-11-29 18:35:05.319549+00	t
5	user.logged_in	{"event_type":"user.logged_in","timestamp":"2026-11-29T18:35:05Z","data":{"user_id":"175e946c-956c-4cdd-9fe9-8d68fc154dff","email":"ada@example.com","ip_address":"192.0.2.1"}}	2026-11-29 18:35:05.322383+00	t
6	user.logged_in	{"event_type":"user.logged_in","timestamp":"2026-11-29T18:35:05Z","data":{"user_id":"091459f1-88a9-4463-85eb-0c5cf88a8239","email":"bob@example.com","ip_address":null}}	2026-11-29 18:35:05.323948+00	t
7	user.logged_in	{"event_type":"user.logged_in","timestamp":"2026-11-29T18:35:05Z","data":{"user_id":"091459f1-88a9-4463-85eb-0c5cf88a8239","email":"bob@example.com","ip_address":null}}	2026-11-29 18:35:05.324828+00	t
8	user.logged_in	{"event_type":"user.logged_in","timestamp":"2026-11-29T18:35:05Z","data":{"user_id":"f85031c2-f1a3-41f1-a8d6-9a96ad34d601","email":"cleo@example.com","ip_address":null}}	2026-11-29 18:35:05.328858+00	f
\.


--
-- Data for Name: delivery; Type: TABLE DATA; Schema: jerry; Owner: jerry
--

COPY jerry.delivery (consumer, event_id, claimable_at, attempts) FROM stdin;
mail	4	2026-11-29 18:35:05.325265+00	0
mail	5	2026-11-29 18:35:05.325265+00	0
mail	6	2026-11-29 18:35:05.325265+00	0
mail	7	2026-11-29 18:35:05.325265+00	0
mail	3	2026-11-29 18:36:05.325265+00	1
stock	2	2026-11-29 18:35:05.326929+00	0
stock	3	2026-11-29 18:35:05.326929+00	0
stock	4	2026-11-29 18:35:05.326929+00	0
stock	5	2026-11-29 18:35:05.326929+00	0
stock	6	2026-11-29 18:35:05.326929+00	0
stock	7	2026-11-29 18:35:05.326929+00	0
stock	1	2026-11-29 18:36:05.326929+00	1
\.


--
-- Data for Name: user; Type: TABLE DATA; Schema: jerry; Owner: jerry
--

COPY jerry."user" (id, email, password_hash, is_email_verified, email_verified_at, created_at, updated_at) FROM stdin;
091459f1-88a9-4463-85eb-0c5cf88a8239	bob@example.com	$2a$04$QpPZboKh2.QZxeVJO3iFlu/pLlDKTx9Ed8YpKnkNvIigzzkLg.se6	f	\N	2026-11-29 18:35:05.318109+00	2026-11-29 18:35:05.318109+00
f85031c2-f1a3-41f1-a8d6-9a96ad34d601	cleo@example.com	$2a$04$BmtgsuIyh64kQoaaSmRrjO3oFZwAE9Dhb7/QiLlAXWGjvBRNAkFn2	f	\N	2026-11-29 18:35:05.318921+00	2026-11-29 18:35:05.318921+00
175e946c-956c-4cdd-9fe9-8d68fc154dff	ada@example.com	$2a$04$w8HldRwllaCgT0HJmRL.h.tzdb5mzWysD9Bzw4M48r3tCIWbS770K	t	2026-11-29 18:35:05.319549+00	2026-11-29 18:35:05.314267+00	2026-11-29 18:35:05.319549+00
\.


--
-- Data for Name: one_time_token; Type: TABLE DATA; Schema: jerry; Owner: jerry
--

COPY jerry.one_time_token (token_hash, purpose, user_id, created_at, expires_at) FROM stdin;
\\x9e8fe1bbf7e5fb8be4e9f6b4f702938c060dd537feafa3a7752582163e19200f	verify_email	091459f1-88a9-4463-85eb-0c5cf88a8239	2026-11-29 18:35:05.318109+00	2027-11-30 18:35:05.318109+00
\\x2235f70e288394f460b41a3ab3d61904d3f1a02daf168bef91e934dcd314f561	verify_email	f85031c2-f1a3-41f1-a8d6-9a96ad34d601	2026-11-29 18:35:05.318921+00	2027-11-30 18:35:05.318921+00
\.


--
-- Data for Name: session; Type: TABLE DATA; Schema: jerry; Owner: jerry
--

COPY jerry.session (id, user_id, refresh_jti, ip, user_agent, created_at, expires_at, revoked_at) FROM stdin;
01a22896-dcea-7a49-af87-ed915edb1ee9	175e946c-956c-4cdd-9fe9-8d68fc154dff	2cd7af72-9e16-4ddb-963d-471e6525ab57	192.0.2.1	curl/8.0 (é)	2026-11-29 18:35:05.322383+00	2036-12-06 18:35:05.322383+00	\N
01a22896-dceb-7da5-ab8d-31e38b193476	091459f1-88a9-4463-85eb-0c5cf88a8239	2659cf30-22bf-4d24-95be-e8dc7a035782	\N	\N	2026-11-29 18:35:05.323948+00	2036-12-06 18:35:05.323948+00	\N
01a22896-dcec-7c06-95dd-1d9867086d18	091459f1-88a9-4463-85eb-0c5cf88a8239	3c09605f-5082-4d2f-adad-254bf1d4b3b2	\N	\N	2026-11-29 18:35:05.324828+00	2036-12-06 18:35:05.324828+00	2026-11-29 18:35:05.325071+00
01a22896-dcf0-7b17-bbbe-912bae57cce2	f85031c2-f1a3-41f1-a8d6-9a96ad34d601	d3175811-81c5-4ec1-9495-bd70aa89d550	\N	\N	2026-11-29 18:35:05.328858+00	2036-12-06 18:35:05.328858+00	\N
\.


--
-- Data for Name: signing_key; Type: TABLE DATA; Schema: jerry; Owner: jerry
--

COPY jerry.signing_key (kid, algorithm, secret, status, imported, created_at) FROM stdin;
d9da6ea6788ac08d	HS256	\\x1fc6089c47ae71b8ed581adc260dd5d627a967c3cde9ace7606f9be6c2d22c84	verifying	f	2026-11-29 18:35:05.322741+00
b69031912c210931	HS256	\\x696d706f72746564696d706f72746564696d706f72746564696d706f72746564696d706f72746564696d706f72746564696d706f72746564696d706f72746564	active	t	2026-11-29 18:35:05.327433+00
\.


--
-- Data for Name: shop; Type: TABLE DATA; Schema: shop; Owner: jerry
--

COPY shop.shop (owner, name) FROM stdin;
175e946c-956c-4cdd-9fe9-8d68fc154dff	shop of Ada
\.


--
-- Name: event_id_seq; Type: SEQUENCE SET; Schema: jerry; Owner: jerry
--

SELECT pg_catalog.setval('jerry.event_id_seq', 8, true);


--
-- Name: shop shop_owner_fkey; Type: FK CONSTRAINT; Schema: shop; Owner: jerry
--

ALTER TABLE ONLY shop.shop
    ADD CONSTRAINT shop_owner_fkey FOREIGN KEY (owner) REFERENCES jerry."user"(id);


--
-- PostgreSQL database dump complete
--


