// Starts Swagger UI on /docs. A file of its own, because the page's security policy allows no inline script.
'use strict';

SwaggerUIBundle({
	url: 'openapi.json',
	dom_id: '#swagger-ui',
	presets: [SwaggerUIBundle.presets.apis],
	layout: 'BaseLayout',
	deepLinking: true,
	displayRequestDuration: true,
	tryItOutEnabled: true,
	// a reload keeps the token
	persistAuthorization: true,
	// the schemas are half of the page, and seldom what somebody looks for
	defaultModelsExpandDepth: 0,
	// the validator is somebody else's server
	validatorUrl: null,
});
