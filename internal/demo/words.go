package demo

// 50 first and 40 second words give every account a name of its own.
var firstWords = [50]string{
	"Kestrel", "Kestrell", "Northwind", "Northwynd", "Águila", "Bjørnson", "Cordillera", "Dvořák", "Ember", "Fjällräven Nord",
	"Galvan", "Hachiko", "Ibis", "Jalapeño", "Kōan", "Łódka", "Mistral", "Naïve", "Öresund", "Pico",
	"Quorum", "Râmnicu", "Señal", "Tundra", "Überland", "Vesper", "Wattle", "Xochitl", "Yarrow", "Zephyr",
	"Alder", "Basalt", "Cobalt", "Delta", "Element", "Fathom", "Granite", "Harbor", "Harbour", "Indigo",
	"Juniper", "Lantern", "Meridian", "Nimbus", "Onyx", "Paragon", "Quartz", "Rivet", "Sequoia", "Tangent",
}

var secondWords = [40]string{
	"Labs", "Systems", "Analytics", "Robotics", "Health", "Energy", "Logistics", "Payments", "Security", "Cloud",
	"Studios", "Foods", "Motors", "Biotech", "Capital", "Insurance", "Learning", "Mobility", "Networks", "Optics",
	"Pharma", "Retail", "Semiconductors", "Software", "Solar", "Space", "Steel", "Supply Chain", "Telecom", "Textiles",
	"Travel", "Ventures", "Water", "Works", "Data", "Devices", "Games", "Genomics", "Legal", "Media",
}

// industries goes with secondWords.
var industries = [40]string{
	"Software", "Software", "Data & Analytics", "Industrial Automation", "Health Care", "Energy", "Transportation", "Financial Technology", "Cybersecurity", "Cloud Infrastructure",
	"Media", "Food & Beverage", "Automotive", "Biotechnology", "Financial Services", "Insurance", "Education", "Transportation", "Telecommunications", "Electronics",
	"Pharmaceuticals", "Retail", "Semiconductors", "Software", "Energy", "Aerospace", "Metals", "Transportation", "Telecommunications", "Apparel",
	"Travel", "Financial Services", "Utilities", "Professional Services", "Data & Analytics", "Electronics", "Gaming", "Biotechnology", "Professional Services", "Media",
}

type place struct{ city, state, country, code string }

var places = []place{
	{"Berlin", "Berlin", "Germany", "DE"}, {"München", "Bavaria", "Germany", "DE"}, {"Zürich", "Zürich", "Switzerland", "CH"},
	{"Paris", "Île-de-France", "France", "FR"}, {"Lyon", "Auvergne-Rhône-Alpes", "France", "FR"}, {"London", "England", "United Kingdom", "GB"},
	{"Edinburgh", "Scotland", "United Kingdom", "GB"}, {"San Francisco", "California", "United States", "US"}, {"Austin", "Texas", "United States", "US"},
	{"New York", "New York", "United States", "US"}, {"Boston", "Massachusetts", "United States", "US"}, {"Toronto", "Ontario", "Canada", "CA"},
	{"Montréal", "Quebec", "Canada", "CA"}, {"São Paulo", "São Paulo", "Brazil", "BR"}, {"Bogotá", "Cundinamarca", "Colombia", "CO"},
	{"Madrid", "Madrid", "Spain", "ES"}, {"Kraków", "Lesser Poland", "Poland", "PL"}, {"Göteborg", "Västra Götaland", "Sweden", "SE"},
	{"København", "Hovedstaden", "Denmark", "DK"}, {"Bengaluru", "Karnataka", "India", "IN"}, {"Singapore", "", "Singapore", "SG"},
	{"Tokyo", "Tokyo", "Japan", "JP"}, {"Sydney", "New South Wales", "Australia", "AU"}, {"Nairobi", "Nairobi", "Kenya", "KE"},
}

var sizes = []string{"tiny", "small", "small", "medium", "medium", "large", "enterprise"}

var tags = []string{"b2b", "b2c", "saas", "open-source", "remote-first", "series-a", "series-b", "bootstrapped", "marketplace", "ai", "climate", "hardware", "api", "regulated", "public-sector"}

var tech = []string{"kubernetes", "postgresql", "go", "python", "react", "kafka", "snowflake", "terraform", "salesforce", "hubspot", "stripe", "segment"}

// 60 given and 80 family names give every lead a name of its own, and so an email.
var givenNames = [60]string{
	"Ada", "Aisha", "Akira", "Alejandro", "Amélie", "Anders", "Anaïs", "Björn", "Bruno", "Camila", "Chen", "Chloé", "Daniela", "Deepa", "Dmitri",
	"Élodie", "Emma", "Fatima", "Felix", "Femi", "Gabriel", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jack", "Jana", "José", "Jürgen",
	"Katarzyna", "Kenji", "Lars", "Laura", "Leïla", "Liam", "Lucía", "Małgorzata", "Maria", "Mateo", "Mei", "Mohamed", "Naomi", "Nikos", "Noah",
	"Olga", "Oscar", "Priya", "Rafael", "Renée", "Sara", "Sofía", "Søren", "Tariq", "Thandi", "Tomáš", "Uma", "Victor", "Yusuf", "Zoë",
}

var familyNames = [80]string{
	"Abe", "Adeyemi", "Ahmed", "Álvarez", "Andersen", "Anderson", "Baker", "Bauer", "Becker", "Bianchi", "Brown", "Carvalho", "Castro", "Chen", "Cohen", "Costa",
	"Dąbrowski", "Dubois", "Dupont", "Evans", "Fernández", "Fischer", "Fontaine", "García", "Girard", "González", "Gupta", "Haddad", "Hansen", "Hanssen", "Hoffmann", "Hughes",
	"Ibrahim", "Ito", "Ivanov", "Iyer", "Jensen", "Johansson", "Jones", "Kamau", "Kaya", "Khan", "Kim", "Kowalski", "Kumar", "Lambert", "Larsson", "Lee",
	"Lefèvre", "Li", "López", "Martin", "Martín", "Mbeki", "Meyer", "Meier", "Müller", "Nakamura", "Nguyen", "Novák", "O'Brien", "Okafor", "Olsen", "Papadopoulos",
	"Patel", "Pereira", "Petrov", "Rossi", "Sánchez", "Santos", "Sato", "Schmidt", "Schmitt", "Silva", "Smith", "Suzuki", "Tanaka", "Wang", "Weber", "Yılmaz",
}

type role struct{ title, department, seniority string }

var roles = []role{
	{"Chief Executive Officer", "executive", "executive"}, {"Chief Technology Officer", "engineering", "executive"}, {"VP of Sales", "sales", "vp"},
	{"VP Engineering", "engineering", "vp"}, {"Head of Marketing", "marketing", "director"}, {"Director of Product", "product", "director"},
	{"Director of Security", "security", "director"}, {"Engineering Manager", "engineering", "manager"}, {"Marketing Manager", "marketing", "manager"},
	{"Procurement Manager", "finance", "manager"}, {"Account Executive", "sales", "individual"}, {"Software Engineer", "engineering", "individual"},
	{"Site Reliability Engineer", "engineering", "individual"}, {"Data Analyst", "data", "individual"}, {"Product Designer", "product", "individual"},
}
